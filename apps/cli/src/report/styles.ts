/** The report's style sheet: one for light and dark, nothing fetched. */
export const styles = `
:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --panel: #ffffff; --ink: #1d2126; --soft: #5d6670; --line: #dfe1dd; --grid: #eceee9;
  --clean: #1f6f8b; --poison: #c4391d; --paper: #8a6d1f; --heat: 31, 111, 139; --fault: 196, 57, 29;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --panel: #1b1f23; --ink: #e7e9ea; --soft: #9aa4ad; --line: #30363c; --grid: #262b30;
    --clean: #5fb8d6; --poison: #ff7a5c; --paper: #d9b858; --heat: 95, 184, 214; --fault: 255, 122, 92;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 72px; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 20px; margin-bottom: 28px; }
h1 { font-size: 30px; line-height: 1.2; margin: 4px 0 8px; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 0 0 6px; letter-spacing: -0.005em; }
h3 { font-size: 15px; margin: 0 0 6px; font-weight: 600; }
header p, .note { color: var(--soft); margin: 0 0 14px; max-width: 76ch; }
.eyebrow { text-transform: uppercase; letter-spacing: 0.12em; font-size: 12px; font-weight: 600; color: var(--soft); }
code { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
section { margin: 40px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; }
.tile b { display: block; font-size: 27px; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile span { display: block; font-size: 13px; color: var(--soft); }
.tile.lead b { color: var(--poison); }
.flags { border-left: 4px solid var(--paper); background: var(--panel); padding: 12px 18px; border-radius: 0 8px 8px 0; margin: 24px 0 0; }
.flags ul { margin: 4px 0 0; padding-left: 20px; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 18px; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 16px; min-width: 0; }
@media (max-width: 520px) { .panels { grid-template-columns: 1fr; } }
svg { display: block; width: 100%; max-width: 640px; height: auto; }
.panel + .scroll { margin-top: 18px; }
.stack { display: grid; gap: 22px; align-content: start; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg text.strong { fill: var(--ink); font-weight: 600; }
svg .grid { stroke: var(--grid); stroke-width: 1; }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .clean { stroke: var(--clean); } svg .poison { stroke: var(--poison); } svg .paper { stroke: var(--paper); }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .dash { stroke-dasharray: 6 4; }
svg .clean-fill { fill: var(--clean); } svg .poison-fill { fill: var(--poison); } svg .paper-fill { fill: var(--paper); } svg .soft-fill { fill: var(--soft); }
svg .band { fill-opacity: 0.16; stroke: none; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); margin: 6px 0 0; }
.legend i { display: inline-block; width: 16px; border-top: 3px solid; margin-right: 6px; vertical-align: middle; }
.legend .dash { border-top-style: dashed; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 8px 10px; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-size: 13px; color: var(--soft); font-weight: 600; }
.figure { text-align: right; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 0; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 14px; }
.row { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 10px; }
.row div { display: flex; gap: 6px; }
.row figure { margin: 0; flex: 1; min-width: 0; }
.row img { width: 100%; image-rendering: pixelated; border-radius: 3px; display: block; background: #000; }
.row figcaption { font-size: 11px; color: var(--soft); text-align: center; }
.row p { margin: 6px 0 0; font-size: 12px; color: var(--soft); font-variant-numeric: tabular-nums; }
footer { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--soft); font-size: 13px; }
@media print { main { max-width: none; } section { break-inside: avoid; } }
`;
