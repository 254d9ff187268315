package org.elasticsearch.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClassPathPlugins;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

/**
 * One node on 127.0.0.1, from the jars of Maven Central.
 *
 * <p>usage: Server HOME HTTP_PORT PLUGIN_CLASS[,PLUGIN_CLASS...] [SETTING=VALUE...]; ES_PASSWORD in the environment is the
 * first password of the user elastic.
 */
public class Server {
    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        LogConfigurator.configureESLogging();
        Path home = Path.of(arguments[0]).toAbsolutePath();
        for (String folder : List.of("config", "modules", "plugins")) Files.createDirectories(home.resolve(folder));
        List<Class<? extends Plugin>> plugins = new ArrayList<>();
        for (String name : arguments[2].split(",")) plugins.add((Class<? extends Plugin>) Class.forName(name));
        Settings.Builder settings = Settings.builder()
            .put("path.home", home.toString())
            .put("cluster.name", "test")
            .put("node.name", "node-1")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", arguments[1])
            .put("transport.port", "0")
            .put("cluster.routing.allocation.disk.threshold_enabled", false);
        for (int i = 3; i < arguments.length; i++) {
            String[] pair = arguments[i].split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        String password = System.getenv("ES_PASSWORD");
        if (password != null) {
            KeyStoreWrapper store = KeyStoreWrapper.create();
            store.setString("bootstrap.password", password.toCharArray());
            settings.setSecureSettings(store);
        }
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), null, () -> "node-1");
        NodeServiceProvider services = new NodeServiceProvider() {
            @Override
            PluginsService newPluginService(Environment of, PluginsLoader loader) {
                return new ClassPathPlugins(of.settings(), of.configDir(), loader, plugins);
            }
        };
        PluginsLoader none = PluginsLoader.createPluginsLoader(Set.of(), Set.of(), Map.of(), false);
        Node node = new Node(NodeConstruction.prepareConstruction(environment, none, services, true));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception e) {
                // it ends anyway
            }
        }));
        node.start();
        Thread.currentThread().join();
    }
}
