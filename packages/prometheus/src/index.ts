export { register, type Registration, type RegisterOptions } from "./prometheus.ts";
