import { Datastore, type Defined } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";
import { BadGatewayException, Controller, Get, Header, Inject, Injectable, Module } from "@nestjs/common";

interface Answer {
  readonly rates: unknown;
  readonly stale: boolean;
}

@Injectable()
export class RatesService {
  private readonly rates: Defined<[], unknown>;

  constructor(@Inject(Datastore) datastore: Datastore) {
    const load = httpLoader(process.env["SOURCE_URL"] ?? "", { parse: (response): Promise<unknown> => response.json() });
    this.rates = datastore.define({ key: "rates", load });
  }

  async current(): Promise<Answer> {
    const { value, stale } = await this.rates.result();
    return { rates: value, stale };
  }
}

@Controller()
export class RatesController {
  constructor(
    @Inject(RatesService) private readonly service: RatesService,
    @Inject(Datastore) private readonly datastore: Datastore,
  ) {}

  @Get("rates")
  async rates(): Promise<Answer> {
    try {
      return await this.service.current();
    } catch (cause) {
      throw new BadGatewayException("no rates yet", { cause });
    }
  }

  @Get("ready")
  @Header("cache-control", "no-store")
  ready(): unknown {
    return this.datastore.health();
  }
}

@Module({ controllers: [RatesController], providers: [RatesService] })
export class RatesModule {}
