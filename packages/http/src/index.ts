export { httpLoader } from "./loader/http-loader.ts";
export type { HeaderFields, HttpLoaderOptions, SchemaOf, SchemaResult, SourceOptions } from "./loader/options.ts";
export { HttpError, type HttpFailure, HttpGone, HttpRefusal } from "./wire/http-error.ts";
