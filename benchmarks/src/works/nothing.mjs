/** The baseline of imports: a module of nothing. */

export const nothing = undefined;
