import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommand } from './read-command.ts';

describe('messages to an embedded player', () => {
  it.each([
    { type: 'run' },
    { type: 'input', text: 'hello\n' },
    { type: 'setFile', path: 'include/a.h', text: '' },
    { type: 'setTheme', theme: 'dark' },
    { type: 'getLink', id: 7 },
    { type: 'getProject' },
  ])('takes %j', (command) => {
    expect(readCommand({ ukulele: 1, ...command })).toMatchObject(command);
    // Another version, or a message of another script of that page.
    expect(readCommand({ ukulele: 2, ...command })).toBeUndefined();
    expect(readCommand(command)).toBeUndefined();
  });

  it.each([
    { type: 'fly' },
    { type: 'input' },
    { type: 'input', text: 7 },
    { type: 'input', text: 'x'.repeat((1 << 20) + 1) },
    { type: 'setFile', path: '../main.c', text: '' },
    { type: 'setFile', path: '/etc/passwd', text: '' },
    { type: 'setFile', path: 'a//b', text: '' },
    { type: 'setFile', path: '__proto__', text: '' },
    { type: 'setFile', path: 'a'.repeat(201), text: '' },
    { type: 'setTheme', theme: 'pink' },
    { type: 'getLink', id: 'seven' },
  ])('takes no notice of %j', (command) => expect(readCommand({ ukulele: 1, ...command })).toBeUndefined());

  it('never throws, whatever other scripts send', () =>
    fc.assert(
      fc.property(fc.anything(), fc.object(), (data, fields) => {
        expect(readCommand(data)).toBeUndefined();
        readCommand({ ukulele: 1, ...fields });
      }),
    ));
});
