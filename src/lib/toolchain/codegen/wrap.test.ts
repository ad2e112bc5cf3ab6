import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readIr } from '../ir/index.ts';
import { generate } from './index.ts';
import type { MFunction } from './mir.ts';
import { verifyAssignment, verifyCode, verifyFrame } from './verify.ts';

/** The function after its last pass, and what the verifier says of it on the way. */
function compile(ir: string): { blocks: Record<string, string[]>; complaints: string[] } {
  const module = readIr(ir);
  if (!module.ok) throw new Error(module.problems[0].message);
  const complaints: string[] = [];
  let last: MFunction | undefined;
  const done = generate(module.value, {
    after: (pass, fn, assigned) => {
      const framed = ['frame', 'layout', 'pair'].includes(pass);
      const wrong = [...verifyCode(fn), ...(assigned ? verifyAssignment(fn, assigned) : []), ...(framed ? verifyFrame(fn) : [])];
      complaints.push(...wrong.map((what) => `after ${pass}: ${what}`));
      last = fn;
    },
  });
  if (!done.ok) throw new Error(done.problems[0].message);
  const blocks = Object.fromEntries((last?.blocks ?? []).map((b) => [b.name, b.ins.map((i) => i.row)]));
  return { blocks, complaints };
}

const early = (attributes: string): string => `
declare i32 @g(ptr, i32)
define i32 @f(ptr %p, i32 %n) ${attributes} {
entry:
  %no = icmp eq ptr %p, null
  br i1 %no, label %out, label %work
work:
  %a = call i32 @g(ptr %p, i32 %n)
  %b = call i32 @g(ptr %p, i32 %a)
  br label %out
out:
  %r = phi i32 [ -1, %entry ], [ %b, %work ]
  ret i32 %r
}`;

describe('frames are built where they are needed', () => {
  it('not before an early exit', () => {
    const { blocks, complaints } = compile(early(''));
    expect(complaints).toEqual([]);
    expect(blocks.entry).toEqual(['cbz', 'b']);
    expect(blocks.work[0]).toBe('$enter');
    expect(blocks.out).toEqual(['$ret']);
    expect(
      Object.values(blocks)
        .flat()
        .filter((row) => row === '$leave'),
    ).toHaveLength(1);
  });

  it.each(['noinline optnone', '"frame-pointer"="all"'])('but from the entry on with %s', (attributes) => {
    const { blocks, complaints } = compile(early(attributes));
    expect(complaints).toEqual([]);
    expect(blocks.entry[0]).toBe('$enter');
  });

  it('before a loop, not in it', () => {
    const { blocks, complaints } = compile(`
declare void @g(i32)
define void @f(i32 %n) {
entry:
  %some = icmp sgt i32 %n, 0
  br i1 %some, label %loop, label %out
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  call void @g(i32 %i)
  %next = add i32 %i, 1
  %more = icmp slt i32 %next, %n
  br i1 %more, label %loop, label %out
out:
  ret void
}`);
    expect(complaints).toEqual([]);
    expect(blocks.loop).not.toContain('$enter');
    expect(blocks.entry).not.toContain('$enter');
    expect(
      Object.values(blocks)
        .flat()
        .filter((row) => row === '$enter'),
    ).toHaveLength(1);
  });

  it('only where a loop ends the program', () => {
    const { blocks, complaints } = compile(`
declare void @fail(i32) noreturn
define i32 @f(ptr %p, i32 %n) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %fine ]
  %at = getelementptr i32, ptr %p, i32 %i
  %v = load i32, ptr %at
  %bad = icmp slt i32 %v, 0
  br i1 %bad, label %panic, label %fine
fine:
  %next = add i32 %i, 1
  %more = icmp slt i32 %next, %n
  br i1 %more, label %loop, label %out
panic:
  call void @fail(i32 %i)
  unreachable
out:
  ret i32 %v
}`);
    expect(complaints).toEqual([]);
    expect(blocks.panic[0]).toBe('$enter');
    expect(Object.keys(blocks).at(-1)).toBe('panic');
    expect(Object.values(blocks).flat()).not.toContain('$leave');
  });

  // Any graph of blocks, with calls, locals and values that live across both anywhere.
  const block = fc.record({
    does: fc.constantFrom('nothing', 'nothing', 'call', 'call', 'local', 'load'),
    ends: fc.oneof(
      { weight: 5, arbitrary: fc.tuple(fc.nat(11), fc.nat(11)) },
      { weight: 2, arbitrary: fc.tuple(fc.nat(11)) },
      { weight: 1, arbitrary: fc.constantFrom([] as const, undefined) },
    ),
  });

  function functionOf(list: readonly { does: string; ends: readonly number[] | undefined }[], attributes: string): string {
    const text = list.map(({ does, ends }, n) => {
      const to = (k: number): string => `label %b${1 + (k % list.length)}`;
      const body = {
        call: `  %c${n} = call i32 @g(ptr %p, i32 ${n})\n  store volatile i32 %c${n}, ptr %p\n`,
        local: `  store volatile i32 %n, ptr %s\n`,
        load: `  %l${n} = load volatile i32, ptr %p\n`,
      }[does];
      const test = `  %t${n} = icmp ugt i32 %n, ${n * 3}\n`;
      const jump =
        ends === undefined
          ? '  unreachable'
          : ends.length === 0
            ? '  ret i32 %n'
            : ends.length === 1
              ? `  br ${to(ends[0])}`
              : `  br i1 %t${n}, ${to(ends[0])}, ${to(ends[1])}`;
      return `b${n + 1}:\n${body ?? ''}${test}${jump}\n`;
    });
    return `declare i32 @g(ptr, i32)\ndefine i32 @f(ptr %p, i32 %n) ${attributes} {\nb0:\n  %s = alloca i32\n  br label %b1\n${text.join('')}}\n`;
  }

  it('once on every way, and never without need of it, whatever the graph', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 2, maxLength: 12 }), fc.constantFrom('', 'optsize', 'minsize'), (list, attributes) => {
        expect(compile(functionOf(list, attributes)).complaints).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
