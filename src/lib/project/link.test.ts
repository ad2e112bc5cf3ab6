import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack } from '../packing.ts';
import { decodeLink, decodeShared, encodeLink, projectFromShare, shareOf, type SharedRun } from './link.ts';
import { defaultMachine, sameWork, type Project } from './project.ts';

const example: Project = {
  id: 'helloworld',
  name: 'helloworld',
  example: 'helloworld',
  files: { 'main.c': 'int main(void) { return 0; }\n', 'Makefile.uk': '# make\n' },
  settings: {},
  machine: defaultMachine,
};

const path = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}(\/[a-z]{1,5})?\.(c|h|uk)$/);
const symbol = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,12}$/);
const project = fc.record({
  id: fc.constant('x'),
  name: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
  example: fc.constant('helloworld'),
  files: fc.dictionary(path, fc.string({ unit: 'binary' }), { maxKeys: 6, noNullPrototype: true }),
  settings: fc.dictionary(symbol, fc.string({ maxLength: 40 }), { maxKeys: 6, noNullPrototype: true }),
  machine: fc.record({
    gic: fc.constantFrom<2 | 3>(2, 3),
    cpus: fc.integer({ min: 1, max: 8 }),
    memoryMiB: fc.integer({ min: 1, max: 2048 }),
    commandLine: fc.string({ maxLength: 50 }),
  }),
});

const later = fc.tuple(fc.nat(1e12), fc.nat(1e12));
const what = fc.oneof(
  fc.record({ kind: fc.constant('receive' as const), bytes: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ kind: fc.constantFrom('powerKey' as const, 'reset' as const) }),
);
const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const run = fc
  .record({ events: fc.array(fc.tuple(later, what), { maxLength: 8 }), rest: later, state: digits(16), image: digits(64) })
  .map(({ events, rest, state, image }): SharedRun => {
    let [instructions, virtualNs] = [0, 0];
    const input = events.map(([[more, wait], event]) => ({
      instructions: (instructions += more),
      virtualNs: (virtualNs += wait),
      ...event,
    }));
    const recording = { input, instructions: instructions + rest[0], virtualNs: virtualNs + rest[1], stateHash: state };
    return { recording, imageHash: image };
  });

async function packed(json: string, version = 2): Promise<string> {
  const bytes = await pack(new TextEncoder().encode(json), 'deflate-raw');
  return `v${version}:${Buffer.from(bytes).toString('base64url')}`;
}

async function refusal(fragment: string): Promise<string> {
  const result = await decodeLink(fragment);
  return result.ok ? 'accepted' : result.problems[0].message;
}

describe('links', () => {
  it('bring any project back as it was', () =>
    fc.assert(
      fc.asyncProperty(project, async (p) => {
        const result = await decodeLink(`#${await encodeLink(shareOf(p, example))}`);
        expect(result.ok).toBe(true);
        if (result.ok) expect(sameWork(projectFromShare(result.value, example, 'y'), p)).toBe(true);
      }),
      { numRuns: 150 },
    ));

  it('bring any recorded run back as it was', () =>
    fc.assert(
      fc.asyncProperty(run, async (r) => {
        const result = await decodeLink(await encodeLink({ ...shareOf(example, example), run: r }));
        expect(result.ok && result.value.run).toEqual(r);
      }),
      { numRuns: 150 },
    ));

  it('of version 2 stay decodable, runs too', async () => {
    const result = await decodeLink(
      'v2:TYrBasMwEAV_RbxTC0vZlRRLUeiXuD7YktwIHBkcpz0Y_XvxrYc5DDMHMgLueVnW33VbEggzwoHHWOpHRECpuzrl7Wct6V0dasv7a6uKb6p9VTTC4_y_S0QwjbCdVhD6XpiEmfA57Riov1B31mEgVATxhB1BNAsTnggQLfwfEO4I6DzP2Y3XzNcoyVnro9dOZ-u11Z03cXLGeY6OvTXzFJPJkrRPo75EiU7Q2h8',
    );
    expect(result).toEqual({
      ok: true,
      value: {
        example: 'helloworld',
        files: { 'main.c': 'int main(void) { return 0; }\n' },
        deleted: [],
        settings: {},
        machine: { gic: 3 },
        run: {
          recording: {
            input: [
              { instructions: 10, virtualNs: 100, kind: 'receive', bytes: Uint8Array.of(98, 116) },
              { instructions: 15, virtualNs: 106, kind: 'reset' },
            ],
            instructions: 18,
            virtualNs: 12010,
            stateHash: '1210121012101210',
          },
          imageHash: '680fe7a9e09c1d7448c8272e48242683cb73780c70843fbcd3e1d28da25c1c71',
        },
      },
    });
  });

  it('of version 1 stay decodable', async () => {
    const result = await decodeLink(
      'v1:q1ZKVbJSykjNyckvzy_KSVHSUUpTsqpWyk3MzNNLVrJSyswrUQBxNMryM1M0FaoVilJLSovyFAysFWpj8pRqdZSKQep9PJ1CvR19fPydlayUKkHCuWBjUnPziyp9M52UrIyNamsB',
    );
    expect(result.ok && result.value.example).toBe('helloworld');
  });

  it('are refused with a reason when they are not links', async () => {
    expect(await refusal('')).toContain('not a Ukulele link');
    expect(await refusal('#hello')).toContain('not a Ukulele link');
    expect(await refusal('v9:AAAA')).toContain('version 9');
    expect(await refusal('v1:!!!')).toContain('characters that do not belong');
    expect(await refusal('v1:AAAAAAAA')).toContain('damaged');
    expect(await refusal(await packed('[1,'))).toContain('does not hold a project');
    expect(await refusal(await packed('[1]', 1))).toContain('not valid');
    expect(await refusal(`v1:${'A'.repeat(2 << 20)}`)).toContain('characters long');
  });

  it('are refused when cut at any place', async () => {
    const whole = await encodeLink(shareOf({ ...example, files: { 'main.c': 'int x;\n'.repeat(20) } }, example));
    for (let length = 3; length < whole.length; length++) expect((await decodeLink(whole.slice(0, length))).ok).toBe(false);
  });

  it('cannot unpack without bound', async () => {
    expect(await refusal(await packed('"' + 'x'.repeat(8 << 20) + '"'))).toContain('more than 4 MiB');
  });

  it('cannot name files outside the project or carry unknown fields', async () => {
    expect(await refusal(await packed('{"e":"helloworld","f":{"../../etc/passwd":"x"}}'))).toContain('not valid');
    expect(await refusal(await packed('{"e":"helloworld","f":{"/etc/passwd":"x"}}'))).toContain('not valid');
    expect(await refusal(await packed('{"e":"<img src=x>"}'))).toContain('not valid');
    expect(await refusal(await packed('{"e":"helloworld","m":{"memoryMiB":99999999}}'))).toContain('not valid');
    expect(await refusal(await packed('{"e":"helloworld","evil":1}'))).toContain('not valid');
    expect(await refusal(await packed('{"e":"helloworld","f":{"<img src=x onerror=alert(1)>.c":"x"}}'))).toContain('not valid');
  });

  it('cannot carry runs that never end, or hashes that are none', async () => {
    const image = '0'.repeat(64);
    const link = (r: object) => packed(JSON.stringify({ e: 'helloworld', r }));
    const good = { i: [], n: 5, t: 5, s: '0'.repeat(16), h: image };
    expect(await refusal(await link(good))).toBe('accepted');
    expect(await refusal(await link({ ...good, i: [[6, 0, '=x']] }))).toContain('after the end');
    expect(await refusal(await link({ ...good, i: [[-1, 0, '=x']] }))).toContain('not valid');
    expect(await refusal(await link({ ...good, i: [[0, 0, '=\u0100']] }))).toContain('not valid');
    expect(await refusal(await link({ ...good, n: 1e300 }))).toContain('not valid');
    expect(await refusal(await link({ ...good, h: 'abc' }))).toContain('not valid');
    expect(await refusal(await link({ ...good, s: '<b>' }))).toContain('not valid');
  });

  it('and whatever else is thrown at the reader gives a reason', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const result = decodeShared(new TextEncoder().encode(text));
        expect(result.ok || result.problems[0].message.length > 0).toBe(true);
      }),
    );
  });
});
