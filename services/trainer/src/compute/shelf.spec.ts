import { createShelf } from './shelf';

describe('a shelf', () => {
  it('makes a thing once, and puts away what was used longest ago', () => {
    const gone: string[] = [];
    const shelf = createShelf<string>(1, (value) => gone.push(value));
    shelf.borrow('a', () => 'a1').release();
    const again = shelf.borrow('a', () => 'a2');
    expect(again.value).toBe('a1');
    again.release();
    shelf.borrow('b', () => 'b1').release();
    expect(gone).toEqual(['a1']);
    expect(shelf.borrow('a', () => 'a3').value).toBe('a3');
    shelf.clear();
    expect(gone).toEqual(['a1', 'b1', 'a3']);
  });

  it('keeps what is in use, however many want a place', () => {
    const gone: string[] = [];
    const shelf = createShelf<string>(1, (value) => gone.push(value));
    const first = shelf.borrow('a', () => 'a');
    const second = shelf.borrow('b', () => 'b');
    expect(gone).toEqual([]);
    first.release();
    expect(gone).toEqual(['a']);
    second.release();
    expect(gone).toEqual(['a']);
  });
});
