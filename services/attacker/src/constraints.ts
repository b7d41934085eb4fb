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
  {
    id: 'feature-range',
    summary: 'every value within the range of its feature among clean rows',
    source: 'Koh, Steinhardt, Liang (2022), for counts of words; ranges of real values: our reading',
  },
  {
    id: 'sphere',
    summary: "within the distance of the class's mean that a share `quantile` of its clean rows keep",
    source: 'Steinhardt, Koh, Liang (NeurIPS 2017)',
  },
  {
    id: 'slab',
    summary: "as sphere, along the difference of the classes' means",
    source: 'Steinhardt, Koh, Liang (NeurIPS 2017)',
  },
  {
    id: 'decoy-loss',
    summary: 'a loss under decoy parameters that a share `quantile` of clean rows keep (two classes)',
    source: 'Koh, Steinhardt, Liang (2022); logistic loss: our reading',
  },
];
