/** `npm run bench -- NAME ARGS`: measurements. Each is loaded when it is called. */

type Benchmark = { summary: string; load: () => Promise<{ main(args: readonly string[]): Promise<number> | number }> };

const benchmarks: Readonly<Record<string, Benchmark>> = {
  codegen: { summary: 'our compiler against clang-19: instructions executed, bytes of code', load: () => import('./codegen/main.ts') },
  cpu: { summary: 'instructions per second of the interpreter on a few loops', load: () => import('./cpu.ts') },
  machine: { summary: 'the machine against QEMU and native code on workloads in C', load: () => import('./machine.ts') },
  linux: { summary: "Debian's kernel to its shell, against QEMU", load: () => import('./linux.ts') },
  memory: { summary: 'what a machine takes in a tab in ten minutes', load: () => import('./memory.ts') },
  start: { summary: 'power-on to the first UART byte in Chromium', load: () => import('./start.ts') },
  page: { summary: 'waits of a person in Chromium: first visit, first build, rebuild', load: () => import('./page.ts') },
};

const [name, ...args] = process.argv.slice(2);
const benchmark = name !== undefined && Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (benchmark) process.exitCode = await (await benchmark.load()).main(args);
else {
  const lines = Object.entries(benchmarks).map(([each, { summary }]) => `  ${each.padEnd(8)}  ${summary}\n`);
  process.stderr.write(`usage: npm run bench -- NAME ARGS\n\n${lines.join('')}`);
  process.exitCode = 2;
}

export {};
