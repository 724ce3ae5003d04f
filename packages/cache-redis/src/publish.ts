import type { Commands } from "./clients/commands.ts";

const PUBLISH = "return redis.call('PUBLISH', KEYS[1], ARGV[1])";

/** In a Cluster, through the node that has the channel's slot. Listeners are there, and hear all messages in the order of that node. */
export async function publish(commands: Commands, channel: string, message: Buffer): Promise<void> {
  await (commands.isCluster ? commands.eval(PUBLISH, channel, [message]) : commands.publish(channel, message));
}
