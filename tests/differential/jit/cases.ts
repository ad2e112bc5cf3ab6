import { Random } from '../../../src/lib/emulator/cpu/compare.ts';
import type { Threading } from '../../../src/lib/emulator/cpu/handler-interface.ts';
import type { TranslatorTuning } from '../../../src/lib/emulator/jit/translator.ts';
import type { Setup } from './pair.ts';
import { randomProgram } from './programs.ts';

export type Case = { setup: Setup; tuning: TranslatorTuning; threading: Threading | undefined };

/** A random program with a random setting and a translator that is eager in a random way. */
export function caseOf(seed: number, pieces = 4, size = 5): Case {
  const random = new Random(seed);
  const words = randomProgram(random, pieces, size);
  const firstPeriod = 1 + random.below(200);
  return {
    setup: { words, level: seed & 1 ? 1 : 0, alignmentChecked: seed % 5 === 0, elsewhere: seed % 4 === 2 },
    tuning: {
      firstLook: 1,
      firstPeriod,
      longestPeriod: firstPeriod * 3,
      threshold: 1 + (seed % 3),
      cost: random.below(2) * 4,
      limits: { instructions: 40 + random.below(600), pages: 1 + random.below(5) },
      large: {
        pages: random.below(2) * 1000,
        cost: random.below(2) * 4,
        exitCost: random.below(2) * 4,
        instructions: 20 + random.below(200),
        growth: 100 * random.below(20),
        least: random.below(4),
        strays: 1 + random.below(4),
        misses: random.below(2),
      },
      maxBytes: 1 << 20,
    },
    threading: seed % 7 === 0 ? 'loop' : undefined,
  };
}
