/** NestJS 11: a global module that any provider can inject the datastore from, and the console behind a guard. */

import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ConsoleModule } from "./console.module.js";
import { DatastoreModule } from "./datastore.module.js";
import { RatesModule } from "./rates.module.js";

@Module({ imports: [DatastoreModule, RatesModule, ConsoleModule] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ["error", "warn"] });
app.enableShutdownHooks(["SIGTERM"]);
await app.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1");
console.log(await app.getUrl());
