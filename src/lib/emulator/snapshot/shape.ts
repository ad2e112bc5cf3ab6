/**
 * Whether data from a file has the shape of data that this program saves: same fields, same types, same lengths of typed arrays and of lists
 * with something in them. Devices trust what they restore; this is the check at the door. Gives the path of the first difference.
 *
 * The example is a fresh machine's own state. Where it shows less than there can be, the rules are: an empty list may hold up to 2^20 numbers or
 * pairs of a number and bytes; an empty typed array may have any length.
 */
export function shapeDifference(example: unknown, value: unknown, path = ''): string | undefined {
  if (example === null) return value === null ? undefined : path;
  if (typeof example === 'number') return isPossibleNumber(value) ? undefined : path;
  if (typeof example !== 'object') return typeof value === typeof example ? undefined : path;
  if (ArrayBuffer.isView(example)) {
    const same = ArrayBuffer.isView(value) && Object.getPrototypeOf(value) === Object.getPrototypeOf(example);
    return same && (example.byteLength === 0 || example.byteLength === value.byteLength) ? undefined : path;
  }
  if (Array.isArray(example)) return listDifference(example, value, path);
  return recordDifference(example, value, path);
}

const maxList = 1 << 20;

function listDifference(example: readonly unknown[], value: unknown, path: string): string | undefined {
  if (!Array.isArray(value)) return path;
  if (example.length === 0) {
    const fits = value.length <= maxList && (value.every(isPossibleNumber) || value.every(isNumberedBytes));
    return fits ? undefined : path;
  }
  if (value.length !== example.length) return path;
  for (let i = 0; i < example.length; i++) {
    const difference = shapeDifference(example[i], value[i], `${path}[${i}]`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function recordDifference(example: object, value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return path;
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const [name, field] of Object.entries(example)) {
    if (!fields.has(name)) return `${path}.${name}`;
    const difference = shapeDifference(field, fields.get(name), `${path}.${name}`);
    if (difference !== undefined) return difference;
    fields.delete(name);
  }
  const [extra] = fields.keys();
  return extra === undefined ? undefined : `${path}.${extra}`;
}

/** Times, counts, register values and "never". */
function isPossibleNumber(value: unknown): boolean {
  return typeof value === 'number' && (Math.abs(value) <= Number.MAX_SAFE_INTEGER || value === Infinity);
}

function isNumberedBytes(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isPossibleNumber(value[0]) && value[1] instanceof Uint8Array;
}
