export { type AdapterFile, adapterFiles, type AdapterKind, factoryName } from "./template.ts";
export { createProject, type Project } from "./project.ts";
