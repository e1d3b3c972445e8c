package dev.gatun.server;

/** Ends a request with an answer that states the reason. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;
    private final String parameter;

    /** Why a request is refused: the status of either interface, and what each calls the reason. */
    enum Reason {
        MALFORMED(400, 400, "Validation", "invalid_request_error", null),
        EMPTY(400, 400, "Empty", "invalid_request_error", null),
        INVALID(422, 400, "Validation", "invalid_request_error", null),
        TOO_LONG(422, 400, "Validation", "invalid_request_error", "context_length_exceeded"),
        TOO_MANY(413, 400, "Validation", "invalid_request_error", null),
        TOO_LARGE(413, 413, "Validation", "invalid_request_error", null),
        NOT_JSON(415, 415, "Validation", "invalid_request_error", null),
        NOT_FOUND(404, 404, "Validation", "invalid_request_error", null),
        NO_SUCH_METHOD(405, 405, "Validation", "invalid_request_error", null),
        OVERLOADED(429, 429, "Overloaded", "rate_limit_error", "rate_limit_exceeded"),
        LATE(503, 503, "Overloaded", "server_error", null),
        STOPPING(503, 503, "Unhealthy", "server_error", null),
        FAILED(424, 500, "Backend", "server_error", null);

        private final int status;
        private final int openAiStatus;
        private final String type;
        private final String openAiType;
        private final String openAiCode;

        Reason(int status, int openAiStatus, String type, String openAiType, String openAiCode) {
            this.status = status;
            this.openAiStatus = openAiStatus;
            this.type = type;
            this.openAiType = openAiType;
            this.openAiCode = openAiCode;
        }

        int status(boolean openAi) {
            return openAi ? openAiStatus : status;
        }

        String type(boolean openAi) {
            return openAi ? openAiType : type;
        }

        /** The code of OpenAI's errors, or null. */
        String openAiCode() {
            return openAiCode;
        }

        /** Whether the same request may succeed later. */
        boolean passes() {
            return this == OVERLOADED || this == LATE || this == STOPPING;
        }
    }

    Refusal(Reason reason, String message) {
        this(reason, message, null);
    }

    /** @param parameter the member of the request that is at fault, or null */
    Refusal(Reason reason, String message, String parameter) {
        super(message, null, false, false);
        this.reason = reason;
        this.parameter = parameter;
    }

    Reason reason() {
        return reason;
    }

    String parameter() {
        return parameter;
    }
}
