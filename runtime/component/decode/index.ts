export { decodeComponent, decodeCoreModule } from "./decode-component.js";
export type { DecodedComponent } from "./decode-component.js";
export type { CoreExport, CoreImport, CoreKind, CoreLimits, CoreModuleInfo } from "./core-module.js";
