/** Fields of MSR (immediate), op1:op2 by name (Arm ARM C6.2, "MSR (immediate)"). */
export const pstateFields = {
  uao: 0b000_011,
  pan: 0b000_100,
  spsel: 0b000_101,
  daifset: 0b011_110,
  daifclr: 0b011_111,
} as const;
