import { connect } from "node:net";

/** The server's answer in the text protocol, up to `until`. */
export function ask(port: number, command: string, until: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      said += text;
      if (!said.includes(until)) return;
      socket.end();
      resolve(said);
    });
    socket.on("error", reject);
    socket.write(`${command}\r\n`);
  });
}
