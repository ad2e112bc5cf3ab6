/** `1536` -> `1.5 KiB`. Exact below 1 KiB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** An address as the field writes it: `0x4008_0000`. */
export function formatAddress(address: number): string {
  const digits = address.toString(16).padStart(8, '0');
  return `0x${digits.slice(0, -4)}_${digits.slice(-4)}`;
}

/** A count with thin grouping: `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Nanoseconds in the unit that reads best. */
export function formatDuration(ns: number): string {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(1)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}
