// Where on the map's plane the test codes are: Python's `support` (bridge.py, test_map).
import { unpack } from "../../frontend/js/rpc.js";

// A function from a point of the plane to whether test codes are there. Without a support nothing
// is known, and no place is called empty.
export function dataRegion(support) {
  if (support === null) return () => true;
  const { half, cells } = support;
  const bits = unpack(support.bits);
  const rowBytes = Math.ceil(cells / 8);
  return (point) => {
    const [column, row] = point.map((value) => Math.floor(((value + half) / (2 * half)) * cells));
    if (!(row >= 0 && row < cells && column >= 0 && column < cells)) return false;
    return (bits[row * rowBytes + (column >> 3)] & (0x80 >> (column & 7))) !== 0;
  };
}
