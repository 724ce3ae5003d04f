// To look at it is enough: the platform then sets the dispatcher that its own fetch uses.
void globalThis.Response;
