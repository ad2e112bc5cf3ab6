/** The compiler and the linker under Node. */
import { objectMaker } from '../src/lib/toolchain/driver/backend.ts';
import { nativeBackend } from '../src/lib/toolchain/driver/native-backend.ts';
import { InProcessCompiler, LldLinker, type Compiler, type Linker } from '../src/lib/toolchain/index.ts';
import { nodeClang } from './clang-assets.ts';
import { sourceHash } from './source-hash.ts';

export async function nodeToolchain(): Promise<{ compiler: Compiler; linker: Linker }> {
  const clang = await nodeClang();
  return { compiler: new InProcessCompiler(clang, objectMaker(nativeBackend, sourceHash())), linker: new LldLinker(clang) };
}
