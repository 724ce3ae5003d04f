/** Calls moto without a signature, or its IAM if `body` is not a string. Throws unless it succeeds. */
export async function post(url: string, body: string | Record<string, string>): Promise<string> {
  // moto finds the service in the scope of the signature.
  const authorization = "AWS4-HMAC-SHA256 Credential=none/20000101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none";
  const sent = typeof body === "string" ? body : new URLSearchParams({ Version: "2010-05-08", ...body });
  const answer = await fetch(url, { method: "POST", headers: { authorization }, body: sent });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return text;
}
