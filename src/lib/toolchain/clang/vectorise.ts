/**
 * LLVM's vectorisers ask the target what vectors cost. The binary has no AArch64 back end, and without one every vector, of any size, is free. It
 * does have WebAssembly's, whose vectors are NEON's: 128 bits, the same lanes, the same operations. So where vectors are wanted, clang
 * optimises for AArch64 without them, and then the module goes through the optimiser once more, dressed as one for WebAssembly with SIMD.
 */
import { readIr } from '../ir/index.ts';
import { scalarLoops } from './scalar-loops.ts';

export type Vectorisers = { loops: boolean; straightLine: boolean };

/** No vectorisers: the first run, for AArch64, always. */
export const withoutVectors: readonly string[] = ['-fno-vectorize', '-fno-slp-vectorize'];

/** Which vectorisers the flags of a compilation ask for; as clang does at -O2 and above, and never where registers for vectors may not be used. */
export function vectorisersOf(flags: readonly string[]): Vectorisers | undefined {
  let level = '0';
  let loops = true;
  let straightLine = true;
  for (const flag of flags) {
    const optimisation = /^-O(.*)$/.exec(flag)?.[1];
    if (optimisation !== undefined) level = optimisation;
    const choice = /^-f(no-)?(?:tree-)?(slp-)?vectorize$/.exec(flag);
    if (choice?.[2]) straightLine = !choice[1];
    else if (choice) loops = !choice[1];
    if (flag === '-mgeneral-regs-only') return undefined;
  }
  return /^([2-9]|\d\d+|fast)$/.test(level) && (loops || straightLine) ? { loops, straightLine } : undefined;
}

/** What the second run is told. Its lighter level repeats little of what the first has done. */
export function vectoriserFlags({ loops, straightLine }: Vectorisers): string[] {
  return [
    '--target=wasm64-unknown-unknown',
    '-msimd128',
    '-O1',
    '-w',
    loops ? '-fvectorize' : '-fno-vectorize',
    straightLine ? '-fslp-vectorize' : '-fno-slp-vectorize',
    // LD2 to LD4, and as many rounds of a loop at once as LLVM makes for AArch64.
    '-mllvm',
    '-enable-interleaved-mem-accesses',
    '-mllvm',
    '-force-target-max-vector-interleave=2',
    // It would shorten wide loads of which not every element is used, to lengths that no instruction has.
    '-mllvm',
    '-disable-vector-combine',
    // What becomes a few rounds is unrolled; what is not known to be is not.
    '-funroll-loops',
    '-mllvm',
    '-unroll-runtime=false',
  ];
}

type Target = { layout: string; triple: string };

const featuresHere = '"target-features"=';
const processorHere = '"target-cpu"=';
// Kept under names that WebAssembly's back end does not look at.
const featuresAway = '"ukulele-features"=';
const processorAway = '"ukulele-cpu"=';

/**
 * A module of AArch64 in WebAssembly's clothes, and what takes them off again; absent for what is not a module. The layouts of data agree in
 * everything that a program of C can see. Functions that may not use registers of floating point are marked so.
 */
export function dressed(ir: string): { ir: string; undress: (ir: string) => string } | undefined {
  const layout = /^target datalayout = .*$/m.exec(ir)?.[0];
  const triple = /^target triple = .*$/m.exec(ir)?.[0];
  if (layout === undefined || triple === undefined) return undefined;
  const away = withoutLoops(ir)
    .replace(layout, '')
    .replace(triple, 'target triple = "wasm64-unknown-unknown"')
    .replace(/^attributes #\d+ = .*$/gm, (line) =>
      (/"target-features"="[^"]*-(neon|fp-armv8)/.test(line) ? line.replace('{', '{ noimplicitfloat') : line)
        .replace(featuresHere, featuresAway)
        .replace(processorHere, processorAway),
    );
  return { ir: away, undress: (text) => undress(text, { layout, triple }) };
}

/** Marks the loops that are to stay as they are. */
function withoutLoops(ir: string): string {
  const module = ir.includes('!llvm.loop') ? readIr(ir) : undefined;
  const loops = module?.ok ? scalarLoops(module.value) : new Set<number>();
  if (loops.size === 0) return ir;
  const mark = '!{!"llvm.loop.vectorize.width", i32 1}';
  return ir.replace(/^(!(\d+) = distinct !\{.*)\}$/gm, (line, start: string, id: string) =>
    loops.has(Number(id)) ? `${start}, ${mark}}` : line,
  );
}

function undress(ir: string, { layout, triple }: Target): string {
  return ir
    .replace(/^target datalayout = .*$/m, () => layout)
    .replace(/^target triple = .*$/m, () => triple)
    .replace(/^attributes #\d+ = .*$/gm, (line) => line.replace(featuresAway, featuresHere).replace(processorAway, processorHere));
}
