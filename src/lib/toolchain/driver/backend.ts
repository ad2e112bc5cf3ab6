/** From LLVM IR or assembly text to objects: what stands behind clang, as one thing that the driver and the build use. */
import type { Problem, Result } from '../../problem.ts';
import { assembleFile, type AssemblerOptions } from '../assembler/assembler.ts';
import type { ObjectMaker } from '../build/in-process.ts';
import { writeElf } from '../object/elf-writer.ts';
import type { ObjectFile } from '../object/object.ts';

export type BackendOptions = {
  /** Called after each pass of the code generator with its name and the function as text. */
  dump?: (pass: string, text: string) => void;
};

export type Backend = {
  /** Changes when the same input could give another object. */
  readonly version: string;
  compile(ir: string, options: BackendOptions): Result<{ object: ObjectFile; problems: Problem[] }>;
};

const ASSEMBLER_VERSION = 'assembler 1';
export const ASSEMBLER_PRODUCER = 'Ukulele assembler';

/** ELF bytes of an object, or why it has none. */
export function elfOf(object: ObjectFile, problems: readonly Problem[]): Result<{ object: Uint8Array; problems: Problem[] }> {
  const elf = writeElf(object);
  if (!elf.ok) return { ok: false, problems: [...problems, ...elf.problems] };
  return { ok: true, value: { object: elf.value, problems: [...problems] } };
}

/** Assembles preprocessed text to an ELF object. */
export function assembleToElf(
  text: string,
  source: string,
  options: AssemblerOptions = {},
): Result<{ object: Uint8Array; problems: Problem[] }> {
  const assembled = assembleFile(text, { file: source, ...options });
  return assembled.ok ? elfOf(assembled.value.object, assembled.value.problems) : assembled;
}

/** The maker of objects that a build takes. `sources`: hash of the toolchain's own text, which may change where a version's number did not. */
export function objectMaker(backend: Backend, sources: string): ObjectMaker {
  return {
    version: `${backend.version}, ${ASSEMBLER_VERSION}, sources ${sources}`,
    fromIr(ir) {
      const compiled = backend.compile(ir, {});
      return compiled.ok ? elfOf(compiled.value.object, compiled.value.problems) : compiled;
    },
    // Lines cost nothing in the image, and a debugger wants them.
    fromAssembly: (assembly, source) => assembleToElf(assembly, source, { debug: { directory: '/', producer: ASSEMBLER_PRODUCER } }),
  };
}
