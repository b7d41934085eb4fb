export { boardKey, boardShelf, setBoard } from './board';
export type { Board } from './board';
export { poisonRows, storedRow, storedValues } from './poison-rows';
export type { StoredRows } from './poison-rows';
export { gammaOf } from './gamma';
export { finite, runSlice } from './slice';
export type { SlicedWork, SliceOutput, SliceProgress } from './slice';
