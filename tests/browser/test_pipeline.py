"""Requests in flight, on a fake clock: the server's answers are released by the test."""

from typing import Any

from playwright.sync_api import Page

from app.frontend.assets import url

# A server that answers the oldest open request after `trip` ms of fake time; `play` asks every
# `every` ms. Returns the order of the applied answers, and the most that were open at once.
PLAY = """async ({ address, requests, every, trip, most, broken = [], swapped = [] }) => {
  const { createPipeline } = await import(address);
  let time = 0, open = 0, widest = 0;
  const due = [], applied = [], errors = [];
  const send = (payload) => new Promise((resolve, reject) => {
    widest = Math.max(widest, ++open);
    const late = swapped.includes(payload) ? 1.5 * every + 1 : 0;
    due.push({ at: time + trip + late, payload, resolve, reject });
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  async function advance(until) {
    for (;;) {
      due.sort((a, b) => a.at - b.at);
      if (!due.length || due[0].at > until) break;
      const { at, payload, resolve, reject } = due.shift();
      time = at;
      open -= 1;
      if (broken.includes(payload)) reject(new Error("broken")); else resolve(payload);
      await settle();
    }
    time = until;
  }
  const request = createPipeline(send, (answer) => applied.push(answer), {
    isWanted: () => true, fail: () => errors.push(time), most, now: () => time,
  });
  for (let i = 1; i <= requests; i++) { request(i); await settle(); await advance(time + every); }
  await advance(time + 20 * trip);
  return { applied, widest, errors: errors.length, seconds: requests * every / 1000 };
}"""


def play(page: Page, **settings: Any) -> dict[str, Any]:
    address = url("frontend/js/pipeline.js")
    found: dict[str, Any] = page.evaluate(PLAY, {"address": address, **settings})
    return found


def test_distance_does_not_slow_the_updates(page: Page) -> None:
    near = play(page, requests=180, every=16, trip=15, most=5)
    far = play(page, requests=180, every=16, trip=165, most=5)
    alone = play(page, requests=180, every=16, trip=165, most=1)
    assert near["widest"] == 1, "a near server needs no queue"
    assert far["widest"] == 5
    assert len(far["applied"]) / far["seconds"] >= 20
    assert len(alone["applied"]) / alone["seconds"] < 7


def test_the_last_payload_always_arrives_and_none_is_applied_out_of_order(page: Page) -> None:
    swapped = list(range(10, 100, 7))
    found = play(page, requests=100, every=16, trip=165, most=5, swapped=swapped)
    assert found["applied"] == sorted(found["applied"])
    assert found["applied"][-1] == 100


OVERTAKE = """async ({ address }) => {
  const { createPipeline } = await import(address);
  const sent = [], applied = [];
  const send = (payload) => new Promise((resolve) => sent.push([payload, resolve]));
  const request = createPipeline(send, (answer) => applied.push(answer), {
    isWanted: () => true, fail: () => {},
    atOnce: (payload) => (payload === "in page" ? payload : null),
  });
  ["far 1", "far 2", "in page", "far 3"].forEach(request);
  for (const [payload, resolve] of sent) {
    resolve(payload);
    await new Promise((resume) => setTimeout(resume));
  }
  return { sent: sent.map(([payload]) => payload), applied };
}"""


def test_an_answer_at_once_is_not_sent_and_overtakes_what_is_under_way(page: Page) -> None:
    found = page.evaluate(OVERTAKE, {"address": url("frontend/js/pipeline.js")})
    assert found == {"sent": ["far 1", "far 3"], "applied": ["in page", "far 3"]}


def test_an_error_is_told_and_the_next_request_is_sent(page: Page) -> None:
    found = play(page, requests=20, every=16, trip=100, most=5, broken=[1])
    assert found["errors"] == 1
    assert found["applied"][-1] == 20
