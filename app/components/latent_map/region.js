// The region of the map's plane with test codes: the highest-density region of q(z), `region` of
// map_payload in __init__.py.
import { unpack } from "../../frontend/js/rpc.js";

// Returns a function from a point of the plane to whether it is in the region; always true if
// `region` is null.
export function dataRegion(region) {
  if (region === null) return () => true;
  const { extent, cells } = region;
  const bits = unpack(region.bits);
  const rowBytes = Math.ceil(cells / 8);
  return (point) => {
    const [column, row] = point.map((value) => Math.floor(((value + extent) / (2 * extent)) * cells));
    if (!(row >= 0 && row < cells && column >= 0 && column < cells)) return false;
    return (bits[row * rowBytes + (column >> 3)] & (0x80 >> (column & 7))) !== 0;
  };
}
