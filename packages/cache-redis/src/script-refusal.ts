import { messageOf } from "@lastgood/core/adapter";

/**
 * Whether the server refuses scripts. Servers say NOPERM or that the command is unknown. Proxies have messages of their own. All name the
 * command.
 */
export function isScriptRefusal(error: unknown): boolean {
  const [message = ""] = messageOf(error).split(/,? with args beginning with/i);
  return /\beval(?:sha)?\b/i.test(message) && /NOPERM|unknown|unsupported|disabled|denied|forbidden|not (?:\w+ )?(?:allow|support|permit|enabl|implement)/i.test(message);
}
