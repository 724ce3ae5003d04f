/**
 * The platform's Response. To look at it is enough for the platform to set the dispatcher that its own fetch uses: it has to come before undici is
 * loaded, whose first copy makes the dispatcher that the whole process shares.
 */
export const PlatformResponse: typeof Response = globalThis.Response;
