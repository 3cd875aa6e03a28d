// Sums, and formatting of numbers with a typographic minus sign and without "−0".

export const sum = (values) => values.reduce((total, value) => total + value, 0);

export function fixed(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

// About three significant digits, for gradients, which range from 0.001 to 1000.
export function significant(value) {
  const size = Math.abs(value);
  if (size > 0 && size < 0.001) return value.toExponential(1).replaceAll("-", "−");
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

// An integer with grouped thousands: −12,345.
export const grouped = (value) => Math.round(value).toLocaleString("en").replace("-", "−");

// A power of ten: 0.01, 1,000, 10⁻⁵.
export function powerText(value) {
  if (value === 0) return "0";
  if (value >= 0.01 && value < 1e5) return value.toLocaleString("en");
  const digits = String(Math.round(Math.log10(value)));
  return `10${[...digits].map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("")}`;
}
