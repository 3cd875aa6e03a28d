// Requests that follow a pen or a pointer: a few in flight, answers applied in order, the latest
// payload always sent.

const INTERVAL_MS = 33; // between two requests, when the server sustains it
const OVERLOADED = 2; // times the shortest round trip: the server cannot keep up
const FORGET = 1.02; // growth per answer of the shortest round trip, in case the route became longer
export const PIPELINED = 5; // requests in flight; a browser opens six connections to a host

// Returns `request(payload)`. It sends at once while fewer than the limit are in flight; otherwise the
// payload waits, in place of an earlier one that waits. `send` resolves to an answer. An answer that a
// later one has overtaken is dropped. The limit adapts between 1 and `most`: with the round trip, so
// that distance does not slow the updates, and down to 1 while answers get slower or fail. A payload for
// which `atOnce(payload)` returns an answer instead of null is not sent.
export function createPipeline(send, onResult, {
  isWanted, fail, atOnce = () => null, most = 1, now = () => performance.now(),
}) {
  let waiting = null;
  let limit = 1;
  let open = 0; // in flight
  let sent = 0; // number of the latest request
  let applied = 0; // number of the latest applied answer
  let shortest = Infinity; // round trip, ms

  function adapt(elapsed) {
    shortest = Math.min(shortest * FORGET, elapsed);
    const overloaded = elapsed > OVERLOADED * shortest + INTERVAL_MS;
    // At least 1: with a coarse clock a round trip may take 0 ms.
    limit = Math.max(1, overloaded ? limit - 1 : Math.min(limit + 1, most, Math.ceil(shortest / INTERVAL_MS)));
  }

  async function transmit(payload) {
    const number = ++sent;
    const start = now();
    open += 1;
    try {
      const answer = await send(payload);
      adapt(now() - start);
      if (number > applied && isWanted(payload)) {
        applied = number;
        onResult(answer, payload);
      }
    } catch (error) {
      limit = 1;
      if (number > applied) fail(error);
    }
    open -= 1;
    while (waiting !== null && open < limit) {
      const next = waiting;
      waiting = null;
      transmit(next);
    }
  }

  return function request(payload) {
    const answer = atOnce(payload);
    if (answer !== null) {
      waiting = null;
      applied = ++sent;
      onResult(answer, payload);
    } else if (open < limit) transmit(payload);
    else waiting = payload;
  };
}
