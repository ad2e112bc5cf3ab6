/** Bytes as rows of sixteen, as hex dumps have them. */
export type HexRow = { address: number; cells: { address: number; hex: string }[]; text: string };

export const rowBytes = 16;

/** The row that an address stands in, and so many rows before it. */
export function dumpStart(address: number, rowsBefore: number): number {
  return Math.max(0, Math.floor(address / rowBytes) * rowBytes - rowsBefore * rowBytes);
}

/** Rows from `start` on. Bytes that cannot be read are left out; printable ASCII stands beside the rest. */
export function hexRows(start: number, bytes: Uint8Array): HexRow[] {
  return Array.from({ length: Math.ceil(bytes.length / rowBytes) }, (_, row) => {
    const part = [...bytes.subarray(row * rowBytes, (row + 1) * rowBytes)];
    return {
      address: start + row * rowBytes,
      cells: part.map((byte, i) => ({ address: start + row * rowBytes + i, hex: byte.toString(16).padStart(2, '0') })),
      text: part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join(''),
    };
  });
}

/** The address that an arrow key leads to from a byte; undefined for other keys. */
export function hexStep(key: string, address: number): number | undefined {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -rowBytes, ArrowDown: rowBytes, PageUp: -8 * rowBytes, PageDown: 8 * rowBytes }[
    key
  ];
  return step === undefined ? undefined : Math.max(0, address + step);
}
