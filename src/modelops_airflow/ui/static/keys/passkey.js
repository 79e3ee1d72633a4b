// Passkeys: the device signs what the server hands out. Options and answers travel as JSON.
import { post } from "../api.js";

export const canPasskey = () => Boolean(globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON);

export async function enrol(label) {
  const { passkey } = await post("keys/enrolment", {});
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(passkey) });
  return post("keys/passkeys", { response: made.toJSON(), label });
}

// The signature of a decision, as it stands in its envelope.
export async function sign(gateId, decision) {
  const { passkey, keys } = await post(`approvals/${gateId}/statement`, decision);
  const answer = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(passkey) });
  const { signature, authenticatorData, clientDataJSON } = answer.response;
  return {
    keyid: keys.find(({ credential }) => credential === answer.id)?.fingerprint,
    sig: base64(signature), authenticatorData: base64(authenticatorData), clientDataJSON: base64(clientDataJSON),
  };
}

const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
