// The region of the map's plane with test codes: the highest-density region of q(z), `support` of
// rpc_endpoint.py's map_payload.
import { unpack } from "../../frontend/js/rpc.js";

// Returns a function from a point of the plane to whether it is in the region; always true if
// `support` is null.
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
