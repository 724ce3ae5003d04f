import type { Commands } from "./clients/commands.ts";
import { isScriptRefusal } from "./script-refusal.ts";

const PUBLISH = "return redis.call('PUBLISH', KEYS[1], ARGV[1])";

/**
 * In a Cluster, through the node that has the channel's slot. Listeners are there, and hear all messages in the order of that node.
 * Where scripts are refused, any node passes the message on to that one, a little later.
 */
export async function publish(commands: Commands, channel: string, message: Buffer): Promise<void> {
  try {
    await (commands.isCluster ? commands.eval(PUBLISH, channel, [message]) : commands.publish(channel, message));
  } catch (error) {
    if (!isScriptRefusal(error)) throw error;
    await commands.publish(channel, message);
  }
}
