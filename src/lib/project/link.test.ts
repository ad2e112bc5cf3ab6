import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLink, encodeLink, projectFromShare, shareOf } from './link.ts';
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

async function packed(json: string): Promise<string> {
  const bytes = await new Response(new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer();
  return `v1:${Buffer.from(bytes).toString('base64url')}`;
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
  });
});
