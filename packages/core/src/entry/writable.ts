/** An object that is still being made. Optional fields are added to it and not spread into it: to spread an object with times in it takes two microseconds. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };
