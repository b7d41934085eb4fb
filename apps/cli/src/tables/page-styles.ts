/** What a table's page adds to the report's style sheet. */
export const tableStyles = `
main { max-width: 1440px; }
.profile { border-radius: 8px; padding: 10px 16px; border: 1px solid var(--line); background: var(--panel); font-size: 14px; max-width: 110ch; }
.profile.quick, .profile.standard { border-left: 4px solid var(--paper); }
.matrix { margin: 18px 0 6px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; border-collapse: separate; border-spacing: 0; }
.matrix th, .matrix td { padding: 12px 10px; white-space: normal; vertical-align: top; min-width: 84px; }
.matrix th:first-child, .matrix td:first-child { padding-left: 16px; }
.matrix thead th { color: var(--soft); vertical-align: bottom; }
.matrix tbody th { font-size: 15px; min-width: 112px; color: var(--ink); }
.matrix tbody tr:last-child > * { border-bottom: none; }
.matrix td b { display: block; font-size: 14px; font-weight: 650; line-height: 1.35; white-space: nowrap; }
.matrix td b small { display: block; font-weight: 400; font-size: 12px; color: var(--soft); }
.matrix td span { display: block; font-size: 13px; color: var(--paper); margin: 1px 0 5px; }
.matrix td.misses b { color: var(--poison); } .matrix td.failed b { color: var(--poison); font-weight: 500; }
.matrix td.missing b { white-space: normal; color: var(--soft); font-weight: 400; font-style: italic; }
.matrix abbr { text-decoration: none; cursor: help; }
.matrix sup { font-weight: 400; }
.bar { display: block; height: 3px; border-radius: 2px; margin-top: 3px; min-width: 1px; }
.bar.measured, .key.measured { background: var(--poison); } .bar.lecture, .key.lecture { background: var(--paper); }
.key { display: inline-block; width: 14px; height: 4px; border-radius: 2px; vertical-align: middle; margin: 0 3px; }
.marks { list-style: none; padding: 0; margin: 8px 0 0; font-size: 13px; color: var(--soft); display: grid; gap: 2px; }
.footnotes { font-size: 13px; color: var(--soft); margin: 14px 0 0; max-width: 110ch; } .footnotes p { margin: 0 0 4px; }
section ul { margin: 6px 0 0; padding-left: 20px; font-size: 14px; overflow-wrap: anywhere; }
tr.more td { border-top: none; } tr:has(+ tr.more) td { border-bottom-color: transparent; }
`;
