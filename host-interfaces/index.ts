export { hostPackages } from "./packages.js";
