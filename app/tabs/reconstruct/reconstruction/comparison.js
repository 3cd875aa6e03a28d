// How an image compares with the test images, in words.

const TYPICAL = [0.25, 0.75]; // the middle half

// Returns a sentence on the share of test images that are harder to encode, which have a higher −ELBO;
// "" if it is unknown. `noun` is what the images show.
export function comparisonText(shareAbove, noun) {
  if (shareAbove === null) return "";
  if (shareAbove >= TYPICAL[0] && shareAbove <= TYPICAL[1]) return `As easy to encode as a typical test ${noun}.`;
  const [word, share] = shareAbove > 0.5 ? ["Easier", shareAbove] : ["Harder", 1 - shareAbove];
  if (share === 1) return `${word} to encode than all test ${noun}s.`;
  return `${word} to encode than ${Math.min(99, Math.round(100 * share))} % of the test ${noun}s.`;
}
