import { expect, it } from 'vitest';
import { parseCompletions } from './completion.ts';

const text = `COMPLETION: main : [#int#]main()
COMPLETION: printf : [#int#]printf(<#const char *fmt#>, <#...#>) : Prints to the UART.
COMPLETION: x : [#unsigned int#]x
COMPLETION: Pattern : for(<#init-statement#>;<#condition#>;<#inc-expression#>){
COMPLETION: __LINE__
COMPLETION: f : [#void#]f(<#int a#>{#, <#int b#>#})
OVERLOAD: [#int#]printf(<#const char *fmt#>)
noise
`;

it("reads clang's list of completions", () => {
  expect(parseCompletions(text)).toEqual([
    { name: 'main', type: 'int', chunks: [{ text: 'main()' }] },
    {
      name: 'printf',
      type: 'int',
      chunks: [{ text: 'printf(' }, { placeholder: 'const char *fmt' }, { text: ', ' }, { placeholder: '...' }, { text: ')' }],
      comment: 'Prints to the UART.',
    },
    { name: 'x', type: 'unsigned int', chunks: [{ text: 'x' }] },
    { name: '__LINE__', chunks: [{ text: '__LINE__' }] },
    { name: 'f', type: 'void', chunks: [{ text: 'f(' }, { placeholder: 'int a' }, { text: ')' }] },
  ]);
});
