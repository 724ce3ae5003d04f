import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { consoleHandler } from "@lastgood/console";
import { Datastore } from "@lastgood/core";
import { All, type CanActivate, Controller, type ExecutionContext, Inject, Module, Req, Res, UnauthorizedException, UseGuards } from "@nestjs/common";

const { OPERATOR_PASSWORD = "" } = process.env;
const CREDENTIALS = Buffer.from(`Basic ${Buffer.from(`operator:${OPERATOR_PASSWORD}`).toString("base64")}`);

/** Lets in whoever knows the password, and nobody if there is none. Put the guard of your own app in its place. */
class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const given = Buffer.from(context.switchToHttp().getRequest<IncomingMessage>().headers.authorization ?? "");
    if (OPERATOR_PASSWORD !== "" && given.length === CREDENTIALS.length && timingSafeEqual(given, CREDENTIALS)) return true;
    context.switchToHttp().getResponse<ServerResponse>().setHeader("www-authenticate", 'Basic realm="lastgood"');
    throw new UnauthorizedException();
  }
}

@Controller("admin/lastgood")
@UseGuards(OperatorGuard)
class ConsoleController {
  private readonly listener: ReturnType<typeof getRequestListener>;

  constructor(@Inject(Datastore) datastore: Datastore) {
    this.listener = getRequestListener(consoleHandler(datastore, { path: "/admin/lastgood" }));
  }

  @All(["", "*path"])
  async console(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    await this.listener(request, response);
  }
}

@Module({ controllers: [ConsoleController] })
export class ConsoleModule {}
