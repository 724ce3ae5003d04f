import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, parseDuration } from "@lastgood/core";
import { Global, Inject, Module, type OnApplicationShutdown } from "@nestjs/common";

const { BACKUPS = "./var/backups", TTL = "5m" } = process.env;

/** One datastore for the whole app: any provider may ask for `Datastore`. It closes when the app does, once requests are answered. */
@Global()
@Module({
  providers: [{ provide: Datastore, useFactory: () => new Datastore({ cache: memoryCache(), backup: fsBackup(BACKUPS), ttl: parseDuration(TTL, "TTL") }) }],
  exports: [Datastore],
})
export class DatastoreModule implements OnApplicationShutdown {
  constructor(@Inject(Datastore) private readonly datastore: Datastore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.datastore.close();
  }
}
