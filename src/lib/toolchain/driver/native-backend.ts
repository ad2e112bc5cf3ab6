/** The backend that everything uses: our reader of LLVM IR and our code generator. */
import { generate } from '../codegen/index.ts';
import { functionText } from '../codegen/mir.ts';
import { readIr, verifyModule } from '../ir/index.ts';
import type { Backend } from './backend.ts';

export const nativeBackend: Backend = {
  version: 'code generator 6',
  compile(ir, { dump }) {
    const module = readIr(ir);
    if (!module.ok) return module;
    // Clang's output is well-formed; what somebody wrote by hand need not be, and selection relies on it.
    const mistakes = verifyModule(module.value);
    if (mistakes.length > 0) return { ok: false, problems: mistakes };
    const generated = generate(module.value, dump ? { after: (pass, fn) => dump(pass, functionText(fn)) } : {});
    return generated.ok ? { ok: true, value: { object: generated.value, problems: [] } } : generated;
  },
};
