/** The toolchain's door: from text and a configuration to a linked arm64 image. */
export { Builder, type BuildRequest } from './build/builder.ts';
export { layeredCache, memoryCache } from './build/cache.ts';
export { configure, type Configured, type ConfigureOptions } from './build/configure.ts';
export { appRoot, buildRoot, bytesOf, poolRoot, splitWorldPath, textOf, virtualFiles, worldOf, type VirtualFiles } from './build/files.ts';
export { hashTexts, sha256 } from './build/hash.ts';
export { compilerVersion, InProcessCompiler, type ObjectMaker } from './build/in-process.ts';
export { OnDemandCompiler, OnDemandLinker } from './build/on-demand.ts';
export { SourceInspector } from './build/inspector.ts';
export type { Completion } from './clang/completion.ts';
export { imagePieces, type ImagePiece, type PieceKind } from './build/pieces.ts';
export { packFiles, unpackFiles } from './build/pack.ts';
export { planBuild } from './build/plan.ts';
export type {
  BuildCache, BuildOptions, BuildPlan, BuildProgress, BuildResult, BuildStage, CompileJob, CompileOutput, Compiler, ImageSection,
  ImageSymbol, LibraryFootprint, Linker, PlannedLibrary, PlannedSource, SourceLanguage,
} from './build/types.ts'; // prettier-ignore
export { readSourceMap, SourceMap, type SourceFrame } from './dwarf/source-map.ts';
export { readElf } from './object/elf-reader.ts';
export { LldLinker, lldVersion } from './link/link.ts';
export { Configuration } from './kconfig/configuration.ts';
export { minimalSettings, readConfig, settingsAbove, writeConfig, writeDefconfig, writeHeader } from './kconfig/dotconfig.ts';
export { explain, explanationText, type Explanation, type Reason } from './kconfig/explain.ts';
export { readKconfig, setValue } from './kconfig/kconfig.ts';
export { menuTree, type MenuEntry } from './kconfig/menu.ts';
