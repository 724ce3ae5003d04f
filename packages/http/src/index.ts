export { cacheStatus } from "./fetch/cache-status.ts";
export { lastGoodInterceptor } from "./fetch/interceptor.ts";
export { lastGoodFetch } from "./fetch/last-good-fetch.ts";
export type { LastGoodFetchOptions } from "./fetch/options.ts";
export { httpLoader } from "./loader/http-loader.ts";
export type { HeaderFields, HttpLoaderOptions, SchemaOf, SchemaResult, SourceOptions } from "./loader/options.ts";
export { lastGoodProxy, type LastGoodProxyOptions, type ProxyHandler } from "./proxy/last-good-proxy.ts";
export { HttpError, type HttpFailure, HttpGone, HttpRefusal } from "./wire/http-error.ts";
