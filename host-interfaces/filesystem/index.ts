export { filesystemPackage } from "./package.js";
