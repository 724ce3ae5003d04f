/** Calls moto, or IAM as it plays it where `body` is no string, without a signature. Throws for any answer but success. */
export async function post(url: string, body: string | Record<string, string>): Promise<string> {
  // Which service is meant is in the scope of a signature.
  const authorization = "AWS4-HMAC-SHA256 Credential=none/20000101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none";
  const sent = typeof body === "string" ? body : new URLSearchParams({ Version: "2010-05-08", ...body });
  const answer = await fetch(url, { method: "POST", headers: { authorization }, body: sent });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return text;
}
