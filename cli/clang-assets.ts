/** The clang of node_modules, for Node: the same module that the page loads from static files (scripts/prepare-clang.ts). */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isShippedHeader } from '../src/lib/toolchain/clang/assets.ts';
import { Clang, type ClangAssets } from '../src/lib/toolchain/clang/clang.ts';

const TAR_BLOCK = 512;

/** Folder of npm's `@yowasp/clang` that holds the WebAssembly program and its resources. */
export function clangPackageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@yowasp/clang'));
}

/** Clang's freestanding headers out of the package's tar archive, by name. */
export function readPackagedHeaders(folder: string): Map<string, Uint8Array> {
  const file = openSync(join(folder, 'llvm-resources.tar'), 'r');
  try {
    const headers = new Map<string, Uint8Array>();
    const block = new Uint8Array(TAR_BLOCK);
    const text = (at: number, length: number): string => new TextDecoder().decode(block.subarray(at, at + length)).replace(/\0.*$/s, '');
    for (let at = 0; readSync(file, block, 0, TAR_BLOCK, at) === TAR_BLOCK && block[0] !== 0;) {
      const size = Number.parseInt(text(124, 12), 8);
      const name = /^include\/([^/]+)$/.exec(text(0, 100))?.[1];
      if (name && isShippedHeader(name)) {
        const bytes = new Uint8Array(size);
        readSync(file, bytes, 0, size, at + TAR_BLOCK);
        headers.set(name, bytes);
      }
      at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
    }
    return headers;
  } finally {
    closeSync(file);
  }
}

export async function nodeClangAssets(): Promise<ClangAssets> {
  const folder = clangPackageFolder();
  // V8 compiles functions when they are first called: the whole program of 75 MB is ready in 0.2 s.
  const llvm = await WebAssembly.compile(readFileSync(join(folder, 'llvm.core.wasm')));
  return { llvm, headers: readPackagedHeaders(folder) };
}

let warm: Promise<Clang> | undefined;

/** One clang for the process. */
export function nodeClang(): Promise<Clang> {
  warm ??= nodeClangAssets().then((assets) => new Clang(assets));
  return warm;
}
