export { cliPackage } from "./package.js";
