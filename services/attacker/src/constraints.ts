/** The constraints an attack can be held to, one line each. */
export const constraints: readonly { readonly id: string; readonly summary: string; readonly source: string }[] = [
  { id: 'none', summary: 'any finite values', source: 'Lu, Kamath, Yu (ICML 2023), released code' },
  {
    id: 'box',
    summary: "stored values within the data set's range, pixels in [0, 1]",
    source: 'Lu, Kamath, Yu (TMLR 2022)',
  },
  {
    id: 'linf-ball',
    summary: 'within `radius` of the base row, and within the box where there is one',
    source: 'Huang et al. (NeurIPS 2020)',
  },
  { id: 'fixed-labels', summary: 'labels are those of the base rows', source: 'clean-label poisoning' },
];
