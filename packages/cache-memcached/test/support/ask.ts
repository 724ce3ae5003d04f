import { connect } from "node:net";

/** What the server answers in its text protocol, up to where it has said `until`. */
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
