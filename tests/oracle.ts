import { spawnSync } from 'node:child_process';

/** Debian's tools that tests compare with, and the package that has each. */
export const oraclePackages = {
  'qemu-aarch64': 'qemu-user',
  'qemu-system-aarch64': 'qemu-system-arm',
  'clang-19': 'clang-19',
  'ld.lld-19': 'lld-19',
  'llvm-mc-19': 'llvm-19',
  'llvm-objdump-19': 'llvm-19',
  'llvm-dwarfdump-19': 'llvm-19',
  'llvm-symbolizer-19': 'llvm-19',
  'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu',
  'aarch64-linux-gnu-as': 'binutils-aarch64-linux-gnu',
  'aarch64-linux-gnu-ld': 'binutils-aarch64-linux-gnu',
  'aarch64-linux-gnu-objdump': 'binutils-aarch64-linux-gnu',
  'aarch64-linux-gnu-readelf': 'binutils-aarch64-linux-gnu',
  'gdb-multiarch': 'gdb-multiarch',
  csmith: 'csmith',
  dtc: 'device-tree-compiler',
} as const;

export type Oracle = keyof typeof oraclePackages;

/**
 * Whether every named tool is installed. Where oracles are required (`ORACLES=required`, as CI sets it) a missing one
 * is an error; elsewhere the tests that need it are visibly skipped: `describe.skipIf(!haveOracles('qemu-aarch64'))`.
 */
export function haveOracles(...tools: Oracle[]): boolean {
  const missing = tools.filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (missing.length > 0 && process.env.ORACLES === 'required')
    throw new Error(`missing oracles: ${missing.map((t) => `${t} (Debian package ${oraclePackages[t]})`).join(', ')}`);
  return missing.length === 0;
}
