package dev.gatun.guest;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.ExecutionMode;
import java.util.LinkedHashMap;

/** Sessions of ONNX Runtime, kept while in use: the scale of the scores is part of a model, and threads are a session's. */
final class OnnxSessions {

    private static final int KEPT = 128;

    private static final LinkedHashMap<Settings, OrtSession> SESSIONS = new LinkedHashMap<>(KEPT, 0.75f, true);

    /** All that a session is made for. */
    record Settings(OnnxForm form, float scale, boolean causal, boolean masked, int threads) {
    }

    private OnnxSessions() {
    }

    /** The session of these settings, which lasts until many others have been asked for. */
    static synchronized OrtSession of(Settings settings) throws OrtException {
        OrtSession session = SESSIONS.get(settings);
        if (session == null) {
            closeEldest();
            session = open(settings);
            SESSIONS.put(settings, session);
        }
        return session;
    }

    private static void closeEldest() throws OrtException {
        if (SESSIONS.size() == KEPT) {
            SESSIONS.pollFirstEntry().getValue().close();
        }
    }

    private static OrtSession open(Settings settings) throws OrtException {
        try (SessionOptions options = new SessionOptions()) {
            options.setExecutionMode(ExecutionMode.SEQUENTIAL);
            options.setIntraOpNumThreads(settings.threads);
            options.setInterOpNumThreads(1);
            // Threads that wait are to sleep: there are many sessions and few processors.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            byte[] model = settings.form.model(settings.scale, settings.causal, settings.masked);
            return OrtEnvironment.getEnvironment().createSession(model, options);
        }
    }
}
